import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { cookieKey, defineSession, type InferValue, isSessionError } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { expressSession } from "zession/routers/express";
import { z } from "zod";

const visitors = defineSession({
  name: "visitor",
  value: z.object({
    visits: z.number().int(),
    user: z
      .string()
      .regex(/^\w{1,20}$/)
      .optional(),
    message: z.string().optional(),
  }),
  keyFn: cookieKey(),
  privileged: ["user"],
  lifetime: { idle: "30m", absolute: "12h" },
  driver: sqliteDriver({ filename: "sessions.db" }),
});
type Visitor = InferValue<typeof visitors>;

const open = expressSession(visitors);

const server = createServer((req, res) => {
  open(req, res, async () => {
    try {
      await answer(req, res);
    } catch (error) {
      if (!isSessionError(error) || error.status >= 500) console.error(error);
      res.statusCode = isSessionError(error) ? error.status : 500;
      res.end(isSessionError(error) ? error.message : "Internal Server Error");
    }
  });
});

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const visitor = visitors.of(req);
  const route = `${req.method} ${req.url}`;
  if (route === "GET /") {
    const message = await visitor.take("message");
    const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
    res.setHeader("content-type", "text/html; charset=utf-8");
    res.end(page({ ...value, message }));
  } else if (route === "POST /sign-in") {
    const user = String(new URLSearchParams(await text(req)).get("user") ?? "");
    // Check the password here. Then the session gets a new token and a new age.
    const signedIn = { user, message: `Welcome, ${user}.` };
    await visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
      restart: true,
    });
    res.writeHead(303, { location: "/" }).end();
  } else if (route === "POST /sign-out") {
    await visitor.remove();
    // The session has ended. A new one, which knows nobody, says so on the next page.
    const goodbye = { visits: 0, message: "You are signed out." };
    await visitor.rotate(goodbye, () => goodbye);
    res.writeHead(303, { location: "/" }).end();
  } else {
    res.writeHead(404).end("Not found");
  }
}

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

server.listen(process.env.PORT ?? 3000);
