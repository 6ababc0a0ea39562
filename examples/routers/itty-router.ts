import { error, html, type IRequestStrict, Router } from "itty-router";
import { serve } from "srvx";
import { combine, cookieKey, defineSession, type InferValue } from "zession";
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

const web = combine(visitors);
const router = Router<IRequestStrict & typeof web.Request>({ ...web.router, catch: error });

router.get("/", async ({ visitor }) => {
  const message = await visitor.take("message");
  const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
  return html(page({ ...value, message }));
});

router.post("/sign-in", async (request) => {
  const user = String((await request.formData()).get("user") ?? "");
  // Check the password here. Then the session gets a new token and a new age.
  const signedIn = { user, message: `Welcome, ${user}.` };
  await request.visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
    restart: true,
  });
  return redirect("/");
});

router.post("/sign-out", async ({ visitor }) => {
  await visitor.remove();
  // The session has ended. A new one, which knows nobody, says so on the next page.
  const goodbye = { visits: 0, message: "You are signed out." };
  await visitor.rotate(goodbye, () => goodbye);
  return redirect("/");
});

router.all("*", () => error(404));

const redirect = (location: string) => new Response(null, { status: 303, headers: { location } });

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

serve({ fetch: router.fetch, port: process.env.PORT ?? 3000 });
