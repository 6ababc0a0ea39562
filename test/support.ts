// Writes docs/support.md from the results that the tests have kept: `npm run support`.
import { writeFileSync } from "node:fs";
import { supportPage } from "./behaviour/support-page.ts";

writeFileSync(new URL("../docs/support.md", import.meta.url), supportPage());
