import { Hono } from "hono";
import { isSessionError } from "zession";
import { honoSession } from "zession/routers/hono";
import { visitors } from "./visitors";

const app = new Hono().use(honoSession(visitors));

// 403 for a form that another site sent, 503 if the store is down, and so on.
app.onError((error, c) => {
  if (!isSessionError(error) || error.status >= 500) console.error(error);
  if (isSessionError(error)) return new Response(error.message, { status: error.status });
  return c.text("Internal Server Error", 500);
});

app.get("/", async (c) => {
  const message = await c.var.visitor.take("message");
  const visitor = await c.var.visitor.find();
  return c.html(
    <html lang="en">
      <body>
        {message && <p role="status">{message}</p>}
        <p>Count: {visitor?.count ?? 0}</p>
        <form method="post" action="/count">
          <button type="submit">Count</button>
        </form>
        {visitor?.user === undefined ? (
          <form method="post" action="/sign-in">
            <input name="user" required />
            <button type="submit">Sign in</button>
          </form>
        ) : (
          <form method="post" action="/sign-out">
            <button type="submit">Sign out {visitor.user}</button>
          </form>
        )}
      </body>
    </html>,
  );
});

app.post("/count", async (c) => {
  await c.var.visitor.upsert({ count: 1 }, (it) => void it.count++);
  return c.redirect("/", 303);
});

app.post("/sign-in", async (c) => {
  // Check the password here.
  const user = String((await c.req.formData()).get("user") ?? "");
  const message = `Welcome, ${user}.`;
  await c.var.visitor.rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), {
    restart: true,
  });
  return c.redirect("/", 303);
});

app.post("/sign-out", async (c) => {
  await c.var.visitor.remove();
  await c.var.visitor.rotate({ count: 0, message: "You are signed out." }, (it) => it);
  return c.redirect("/", 303);
});

app.post("/api/count", async (c) =>
  c.json(await c.var.visitor.upsert({ count: 1 }, (it) => void it.count++)),
);

export default app;
