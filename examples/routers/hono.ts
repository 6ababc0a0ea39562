import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { cookieKey, defineSession, type InferValue, isSessionError } from "zession";
import { honoSession } from "zession/routers/hono";
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

const app = new Hono()
  .use(honoSession(visitors))
  .get("/", async (c) => {
    const message = await c.var.visitor.take("message");
    const value = await c.var.visitor.upsert({ visits: 1 }, (it) => void it.visits++);
    return c.html(page({ ...value, message }));
  })
  .post("/sign-in", async (c) => {
    const user = String((await c.req.parseBody()).user ?? "");
    // Check the password here. Then the session gets a new token and a new age.
    const signedIn = { user, message: `Welcome, ${user}.` };
    await c.var.visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
      restart: true,
    });
    return c.redirect("/", 303);
  })
  .post("/sign-out", async (c) => {
    await c.var.visitor.remove();
    // The session has ended. A new one, which knows nobody, says so on the next page.
    const goodbye = { visits: 0, message: "You are signed out." };
    await c.var.visitor.rotate(goodbye, () => goodbye);
    return c.redirect("/", 303);
  });

app.onError((error, c) => {
  if (!isSessionError(error) || error.status >= 500) console.error(error);
  if (isSessionError(error)) return new Response(error.message, { status: error.status });
  return c.text("Internal Server Error", 500);
});

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
