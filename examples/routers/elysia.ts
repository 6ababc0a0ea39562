import { Elysia } from "elysia";
import { cookieKey, defineSession, type InferValue } from "zession";
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

const app = new Elysia()
  .derive(({ request }) => ({ visitor: visitors.of(request) }))
  .get("/", async ({ set, visitor }) => {
    const message = await visitor.take("message");
    const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
    set.headers["content-type"] = "text/html; charset=utf-8";
    return page({ ...value, message });
  })
  .post(
    "/sign-in",
    async ({ body, redirect, visitor }) => {
      const user = body.user;
      // Check the password here. Then the session gets a new token and a new age.
      const signedIn = { user, message: `Welcome, ${user}.` };
      await visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
        restart: true,
      });
      return redirect("/", 303);
    },
    { body: z.object({ user: z.string() }) },
  )
  .post("/sign-out", async ({ redirect, visitor }) => {
    await visitor.remove();
    // The session has ended. A new one, which knows nobody, says so on the next page.
    const goodbye = { visits: 0, message: "You are signed out." };
    await visitor.rotate(goodbye, () => goodbye);
    return redirect("/", 303);
  });

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

const fetch = visitors.wrap((request) => app.fetch(request));
export default { fetch, port: process.env.PORT ?? 3000 };
