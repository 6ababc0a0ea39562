// A WebSocket on Bun: the upgrade opens the session, and sends no cookie. Prints what a client is answered: with the session's
// cookie, without, and from a page of another site.
import { cookieKey, defineSession } from "zession";
import { z } from "zod";

const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });

const first = new Request("https://localhost");
await (await visits.fromRequest(first)).insert(1);
const line = visits.finalize(new Response(), first).headers.get("set-cookie");
const cookie = line.slice(0, line.indexOf(";"));

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request, server) {
    const session = await visits.fromRequest(request, { response: false });
    if (server.upgrade(request, { data: { session } })) return;
    return new Response("not a WebSocket", { status: 426 });
  },
  websocket: {
    async message(socket) {
      const { session } = socket.data;
      const found = await session.find();
      const counted = await session.upsert(1, (count) => count + 1).catch((error) => error.code);
      socket.send(`${found} ${counted}`);
    },
  },
});

for (const headers of [{ cookie }, {}, { cookie, origin: "https://evil.example" }]) {
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/`, { headers });
  client.onopen = () => client.send("use");
  console.log(await new Promise((resolve) => (client.onmessage = ({ data }) => resolve(data))));
  client.close();
}
await server.stop(true);
