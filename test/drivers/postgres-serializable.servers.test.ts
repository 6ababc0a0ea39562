import { inject } from "vitest";
import { describeConformance, withSetting } from "./postgres-conformance.ts";

const serializable = withSetting("default_transaction_isolation=serializable");
describeConformance("pg, serializable", inject("servers").postgres, serializable, { upserts: 50 });
