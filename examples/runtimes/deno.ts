import {
  cookieKey,
  defineSession,
  type InferValue,
  isSessionError,
  type SessionRequest,
} from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
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

const fetch = visitors.wrap(async (request) => {
  try {
    return await answer(request);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    if (error.status >= 500) console.error(error);
    return new Response(error.message, { status: error.status });
  }
});

async function answer(request: SessionRequest<typeof visitors>): Promise<Response> {
  const { method, visitor } = request;
  const { pathname } = new URL(request.url);
  if (method === "GET" && pathname === "/") {
    const message = await visitor.take("message");
    const value = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
    const headers = { "content-type": "text/html; charset=utf-8" };
    return new Response(page({ ...value, message }), { headers });
  }
  if (method === "POST" && pathname === "/sign-in") {
    const user = String((await request.formData()).get("user") ?? "");
    // Check the password here. Then the session gets a new token and a new age.
    const signedIn = { user, message: `Welcome, ${user}.` };
    await visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
      restart: true,
    });
    return redirect("/");
  }
  if (method === "POST" && pathname === "/sign-out") {
    await visitor.remove();
    // The session has ended. A new one, which knows nobody, says so on the next page.
    const goodbye = { visits: 0, message: "You are signed out." };
    await visitor.rotate(goodbye, () => goodbye);
    return redirect("/");
  }
  return new Response("Not found", { status: 404 });
}

const redirect = (location: string) => new Response(null, { status: 303, headers: { location } });

/** The page. A name can hold no markup, because the schema lets none in. */
const page = ({ visits, user = "guest", message = "" }: Visitor) => `<!doctype html>
<title>Visits</title>
<p>${message}</p>
<p>Hello ${user}, this is visit ${visits}.</p>
<form method="post" action="/sign-in"><input name="user"> <button>Sign in</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;

export default { fetch };
