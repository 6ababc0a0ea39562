import { inject } from "vitest";
import { byPostgres, describeConformance } from "./postgres-conformance.ts";

describeConformance("postgres", inject("servers").postgres, byPostgres, { upserts: 50 });
