import express from "express";
import { cookieKey, defineSession, type InferValue } from "zession";
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
});
type Visitor = InferValue<typeof visitors>;

const app = express();
app.use(express.urlencoded());
app.use(expressSession(visitors));

app.get("/", async (req, res) => {
  const visitor = visitors.of(req);
  const message = await visitor.take("message");
  const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
  res.send(page({ ...value, message }));
});

app.post("/sign-in", async (req, res) => {
  const user = String(req.body?.user ?? "");
  // Check the password here. Then the session gets a new token and a new age.
  const signedIn = { user, message: `Welcome, ${user}.` };
  await visitors
    .of(req)
    .rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), { restart: true });
  res.redirect(303, "/");
});

app.post("/sign-out", async (req, res) => {
  const visitor = visitors.of(req);
  await visitor.remove();
  // The session has ended. A new one, which knows nobody, says so on the next page.
  const goodbye = { visits: 0, message: "You are signed out." };
  await visitor.rotate(goodbye, () => goodbye);
  res.redirect(303, "/");
});

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

app.listen(process.env.PORT ?? 3000);
