// Starts the servers, says so and waits for its end, whatever that will be.
import { startServers } from "./setup.ts";

console.log("starting");
await startServers();
console.log("started");
setInterval(() => {}, 1000);
