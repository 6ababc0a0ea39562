// A shop with a sign-in: HTML forms, no JavaScript in the page. `npm run demo:login`, then http://127.0.0.1:3000.
import { error, type IRequest, Router } from "itty-router";
import { serve } from "srvx";
import { cookieKey, defineSession, type SessionRequest } from "zession";
import { z } from "zod";
import { chosenDriver } from "./driver.ts";

const shop = defineSession({
  key: z.string(),
  value: z.object({
    visits: z.number().int(),
    user: z.string().optional(),
    message: z.string().optional(),
    cart: z.array(z.object({ name: z.string(), added: z.date() })),
  }),
  keyFn: cookieKey(),
  lifetime: { idle: "30m", absolute: "12h" },
  driver: await chosenDriver(),
  onEvent: (event) => console.log(event.type, "fingerprint" in event ? event.fingerprint : ""),
});

type ShopRequest = IRequest & SessionRequest<typeof shop>;

const empty = { visits: 0, cart: [] };
const products = ["Coffee", "Tea", "Cups & saucers"];

/** A form of another site must change nothing here. SameSite=Lax keeps the cookie from it; this keeps the form out. */
function sameOrigin(request: Request): Response | undefined {
  if (request.method === "GET") return undefined;
  if (request.headers.get("origin") === new URL(request.url).origin) return undefined;
  return error(403, "This form was sent from another site.");
}

const router = Router<ShopRequest>({
  before: [sameOrigin, shop.middleware],
  catch: error,
  finally: [shop.finalize],
});

router.get("/", async ({ session }) => {
  const message = await session.take("message");
  const { visits, user, cart } = await session.upsert(
    { ...empty, visits: 1 },
    (it) => void it.visits++,
  );
  return page(
    message === undefined ? html`` : html`<p role="status">${message}</p>`,
    html`<p>Visits so far: ${visits}</p>`,
    user === undefined
      ? html`<form method="post" action="/sign-in">
          <label>Your name <input name="user" required maxlength="40" /></label>
          <button>Sign in</button>
        </form>`
      : html`<form method="post" action="/sign-out">
          <p>Signed in as ${user}</p>
          <button>Sign out</button>
        </form>`,
    html`<h2>Cart</h2>
      <ul>${cart.map((it) => html`<li>${it.name}, added on ${it.added.toISOString()}</li>`)}</ul>`,
    ...products.map(
      (it) => html`<form method="post" action="/cart">
        <button name="product" value="${it}">Add ${it}</button>
      </form>`,
    ),
  );
});

router.post("/cart", async (request) => {
  const product = z.enum(products).safeParse((await request.formData()).get("product"));
  if (!product.success) return error(400, "There is no such product.");
  await request.session.upsert(
    () => ({ ...empty, cart: [{ name: product.data, added: new Date() }] }),
    (it) => void it.cart.push({ name: product.data, added: new Date() }),
  );
  return home(request);
});

router.post("/sign-in", async (request) => {
  const user = z
    .string()
    .trim()
    .min(1)
    .max(40)
    .safeParse((await request.formData()).get("user"));
  if (!user.success) return error(400, "A name has 1 to 40 characters.");
  // A password would be checked here. First the new key, then the rights: whoever knew the old key gets nothing.
  await request.session.rotate();
  const signedIn = { user: user.data, message: `Welcome, ${user.data}` };
  await request.session.upsert({ ...empty, ...signedIn }, (it) => ({ ...it, ...signedIn }));
  return home(request);
});

router.post("/sign-out", async (request) => {
  await request.session.remove();
  return home(request);
});

router.all("*", () => error(404));

function home(request: Request): Response {
  return Response.redirect(new URL("/", request.url), 303);
}

/** Text that is HTML already. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Makes HTML of a template. Whatever is put into it and is not HTML is escaped. */
function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.map((part, i) => (i === 0 ? "" : escaped(values[i - 1])) + part).join(""));
}

function escaped(value: unknown): string {
  if (Array.isArray(value)) return value.map(escaped).join("");
  if (value instanceof Html) return value.text;
  return String(value).replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`);
}

function page(...body: Html[]): Response {
  const { text } = html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Shop</title>
      <h1>Shop</h1>
      ${body}
    </html>`;
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}

serve({ fetch: router.fetch, hostname: "127.0.0.1", port: process.env["PORT"] ?? 3000 });
