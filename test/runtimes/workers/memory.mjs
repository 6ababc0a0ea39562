// What sessions promise, and the driver suite in memory, a test a request.
import { memoryDriver } from "zession";
import { sessions } from "../sessions.mjs";
import { suite } from "./suite.mjs";

const run = suite("memoryDriver", () => memoryDriver(), Object.entries(sessions));

export default { fetch: (request) => run(request) ?? new Response(null, { status: 404 }) };
