// A bookshop with a sign-in: HTML forms, no JavaScript in the page. `npm run demo:login`, then http://127.0.0.1:3000.
import { readFileSync } from "node:fs";
import { type IRequest, Router } from "itty-router";
import { serve } from "srvx";
import { cookieKey, defineSession, type SessionRequest } from "zession";
import { z } from "zod";
import { chosenDriver } from "./driver.ts";
import { books } from "./login/catalogue.ts";
import type { Html } from "./login/html.ts";
import { readForm, redirect, respond, secure } from "./login/http.ts";
import * as pages from "./login/pages.ts";

// For browsers that take no Secure cookie from http://127.0.0.1, such as Safari: PLAIN_HTTP=1 npm run demo:login.
// It is off unless somebody asks for it, and this server can only be reached from its own machine.
const plainHttp = process.env["PLAIN_HTTP"] === "1";
const hostname = "127.0.0.1";

const bookId = z.enum(books.map((it) => it.id));
const quantity = z.coerce.number().int().min(0).max(9);
const line = z.object({ book: z.string(), quantity: z.number().int().min(1).max(9) });

const shop = defineSession({
  key: z.string(),
  value: z.object({
    user: z.string().optional(),
    message: z.string().optional(),
    cart: z.array(line),
    orders: z.array(z.object({ placed: z.date(), lines: z.array(line) })),
  }),
  keyFn: cookieKey({ secure: !plainHttp }),
  lifetime: { idle: "30m", absolute: "12h" },
  driver: await chosenDriver(),
  onEvent: (event) => console.log(event.type, "fingerprint" in event ? event.fingerprint : ""),
});

type ShopRequest = IRequest & SessionRequest<typeof shop>;
type Handler = (request: ShopRequest) => Response | Promise<Response>;

const empty = { cart: [], orders: [] };

/** What the error pages say. */
const MESSAGES: Readonly<Record<number, string>> = {
  403: "This form was sent from another site.",
  413: "This form is too large.",
  415: "This is not a form.",
  503: "The shop cannot reach its sessions. Please try again.",
};

const router = Router<ShopRequest>({
  before: [shop.middleware],
  catch: failed,
  finally: [secure, shop.finalize],
});

route("/", { get: page(pages.shopPage) });
route("/sign-in", { get: page(pages.signInPage), post: signIn });
route("/sign-out", { post: signOut });
route("/cart", { get: page(pages.cartPage), post: addToCart });
route("/cart/quantity", { post: setQuantity });
route("/orders", { get: page(pages.ordersPage), post: placeOrder });
route("/style.css", { get: file("style.css", "text/css; charset=utf-8") });
route("/books.css", { get: file("books.css", "text/css; charset=utf-8") });
route("/icon.svg", { get: file("icon.svg", "image/svg+xml") });
router.all("*", () => refuse(404, "There is no such page."));

async function signIn(request: ShopRequest): Promise<Response> {
  const user = z
    .string()
    .trim()
    .min(1)
    .max(40)
    .safeParse((await readForm(request)).get("user"));
  if (!user.success) return refuse(400, "A name has 1 to 40 characters.");
  // A password would be checked here. The session gets a new key, so whoever knew the old one gets nothing, and a new
  // age. The cart comes along; nothing else does that another user may have left.
  const signedIn = { ...empty, user: user.data, message: `Welcome, ${user.data}.` };
  const { cart } = await request.session.rotate(
    signedIn,
    (it) => ({ ...signedIn, cart: it.cart }),
    { restart: true },
  );
  return redirect(cart.length > 0 ? "/cart" : "/");
}

async function signOut({ session }: ShopRequest): Promise<Response> {
  await session.remove();
  // The session has ended. A new one, which knows nobody, says so on the next page.
  const goodbye = { ...empty, message: "You are signed out." };
  await session.rotate(goodbye, () => goodbye);
  return redirect("/");
}

async function addToCart(request: ShopRequest): Promise<Response> {
  const book = bookId.safeParse((await readForm(request)).get("book"));
  if (!book.success) return refuse(400, "There is no such book.");
  const first = { book: book.data, quantity: 1 };
  // Atomic: of two requests at the same time, both count.
  await request.session.upsert({ ...empty, cart: [first] }, (it) => {
    const present = it.cart.find((line) => line.book === book.data);
    if (present === undefined) it.cart.push(first);
    else present.quantity = Math.min(present.quantity + 1, 9);
    it.message = "Added to your cart.";
  });
  return redirect("/");
}

async function setQuantity(request: ShopRequest): Promise<Response> {
  const form = z
    .object({ book: bookId, quantity })
    .safeParse(Object.fromEntries(await readForm(request)));
  if (!form.success) return refuse(400, "A quantity is a number from 0 to 9.");
  await request.session.update((it) => {
    for (const line of it.cart)
      if (line.book === form.data.book) line.quantity = form.data.quantity;
    it.cart = it.cart.filter((line) => line.quantity > 0);
  });
  return redirect("/cart");
}

async function placeOrder({ session }: ShopRequest): Promise<Response> {
  // One atomic step, so a form that is sent twice finds the cart empty the second time.
  const stored = await session.update((it) => {
    if (it.user === undefined || it.cart.length === 0) return;
    it.orders.unshift({ placed: new Date(), lines: it.cart });
    it.cart = [];
    it.message = `Thank you, ${it.user}. Your books are as good as on their way.`;
  });
  return redirect(stored?.user === undefined ? "/sign-in" : "/orders");
}

/** Makes the handler of a page. It changes nothing but the message, which it shows once. HEAD shows nothing. */
function page(render: (visitor: pages.Visitor) => Html): Handler {
  return async ({ method, session }) => {
    const message = method === "HEAD" ? undefined : await session.take("message");
    return respond(render({ ...((await session.find()) ?? empty), message }));
  };
}

/** Makes the handler of a file that is the same for everybody. */
function file(name: string, type: string): Handler {
  const text = readFileSync(new URL(`login/${name}`, import.meta.url));
  const headers = { "content-type": type, "cache-control": "public, max-age=300" };
  return () => new Response(text, { headers });
}

/** Registers the methods of a path. Every other method is refused with 405. */
function route(path: string, { get, post }: { get?: Handler; post?: Handler }): void {
  const methods = [...(get ? ["GET", "HEAD"] : []), ...(post ? ["POST"] : [])];
  if (get !== undefined) router.get(path, get).head(path, get);
  if (post !== undefined) router.post(path, post);
  router.all(path, () => {
    const response = refuse(405, "This page does not do that.");
    response.headers.set("allow", methods.join(", "));
    return response;
  });
}

function refuse(status: number, message: string): Response {
  return respond(pages.errorPage(status, message), status);
}

/** Makes a page of what a handler has thrown. A form from another site ends here too, with 403. */
function failed(error: { readonly status?: number; readonly code?: unknown }): Response {
  // A form that was sent twice: the other request has given the session its new key.
  if (error.code === "ERR_SESSION_ENDED") return redirect("/");
  const { status = 500 } = error;
  if (status >= 500) console.error(error);
  return refuse(status, MESSAGES[status] ?? "Something went wrong on our side.");
}

serve({ fetch: router.fetch, hostname, port: process.env["PORT"] ?? 3000 });
