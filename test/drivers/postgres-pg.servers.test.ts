import { inject } from "vitest";
import { byPg, describeConformance, withSetting } from "./postgres-conformance.ts";

const { postgres: url } = inject("servers");

describeConformance("pg", url, byPg);
// A time zone can change only what is told by the clock.
for (const zone of ["America/New_York", "Asia/Tokyo"])
  describeConformance(`pg, in ${zone} (S30)`, url, withSetting(`TimeZone=${zone}`), {
    groups: ["writes", "time", "sweep"],
  });
