import formbody from "@fastify/formbody";
import fastify from "fastify";
import { cookieKey, defineSession, type InferValue } from "zession";
import { fastifySession } from "zession/routers/fastify";
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
});
type Visitor = InferValue<typeof visitors>;

const app = fastify();
app.register(formbody);
app.register(fastifySession(visitors));

app.get("/", async (request, reply) => {
  const visitor = visitors.of(request);
  const message = await visitor.take("message");
  const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
  reply.type("text/html; charset=utf-8");
  return page({ ...value, message });
});

app.post<{ Body: { user?: string } }>("/sign-in", async (request, reply) => {
  const user = request.body?.user ?? "";
  // Check the password here. Then the session gets a new token and a new age.
  const signedIn = { user, message: `Welcome, ${user}.` };
  await visitors
    .of(request)
    .rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), { restart: true });
  return reply.redirect("/", 303);
});

app.post("/sign-out", async (request, reply) => {
  const visitor = visitors.of(request);
  await visitor.remove();
  // The session has ended. A new one, which knows nobody, says so on the next page.
  const goodbye = { visits: 0, message: "You are signed out." };
  await visitor.rotate(goodbye, () => goodbye);
  return reply.redirect("/", 303);
});

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

app.listen({ port: Number(process.env.PORT ?? 3000) });
