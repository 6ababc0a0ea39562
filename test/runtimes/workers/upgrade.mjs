// A WebSocket on Workers: the upgrade opens the session, and sends no cookie.
import { cookieKey, defineSession } from "zession";
import { z } from "zod";

const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });

/** Answers what a read of the session gives, and what a count. */
async function use(session) {
  const found = await session.find();
  const counted = await session.upsert(1, (count) => count + 1).catch((error) => error.code);
  return `${found} ${counted}`;
}

async function upgrade(request) {
  const session = await visits.fromRequest(request, { response: false });
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", async () => server.send(await use(session)));
  return new Response(null, { status: 101, webSocket: client });
}

/** Connects to the upgrade as a client with these headers would. Returns the first answer. */
async function talk({ headers, url }) {
  const request = new Request(url, { headers });
  request.headers.set("upgrade", "websocket");
  const { webSocket } = await upgrade(request);
  webSocket.accept();
  const answer = new Promise((resolve) => {
    webSocket.addEventListener("message", ({ data }) => resolve(new Response(data)));
  });
  webSocket.send("use");
  return answer;
}

const count = visits.wrap(async ({ visits }) => new Response(await use(visits)));

export default {
  fetch: (request) => (new URL(request.url).pathname === "/talk" ? talk(request) : count(request)),
};
