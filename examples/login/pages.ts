import { type Book, bookOf, books, countOf, type Line, totalOf } from "./catalogue.ts";
import { type Html, html } from "./html.ts";

/** What the pages show of a session. */
export interface Visitor {
  readonly user?: string | undefined;
  readonly message?: string | undefined;
  readonly cart: readonly Line[];
  readonly orders: readonly Order[];
}

/** An order that was placed. */
export interface Order {
  readonly placed: Date;
  readonly lines: readonly Line[];
}

const money = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

/** The catalogue. */
export function shopPage(visitor: Visitor): Html {
  return layout(
    "Books",
    visitor,
    html`<header class="hero">
        <h1>Eight books worth keeping.</h1>
        <p>A very small bookshop. Everything is in stock, and nothing is sent.</p>
      </header>
      <ul class="shelf">${books.map(shelfItem)}</ul>`,
  );
}

function shelfItem(book: Book): Html {
  return html`<li>
    ${cover(book)}
    <h2>${book.title}</h2>
    <p class="quiet">${book.author}, ${book.year}</p>
    <p class="blurb">${book.blurb}</p>
    <form method="post" action="/cart" class="buy">
      <span class="price">${price(book.cents)}</span>
      <button name="book" value="${book.id}" aria-label="Add ${book.title} to the cart">Add</button>
    </form>
  </li>`;
}

/** The cart, with a quantity for each book. */
export function cartPage(visitor: Visitor): Html {
  const { cart, user } = visitor;
  if (cart.length === 0) {
    return layout(
      "Cart",
      visitor,
      html`<h1>Cart</h1>
        <p class="empty">Your cart is empty. <a href="/">Find something to read</a>.</p>`,
    );
  }
  return layout(
    "Cart",
    visitor,
    html`<h1>Cart</h1>
      <div class="columns">
        <ul class="lines">${cart.map(cartLine)}</ul>
        <section class="card" aria-label="Total">
          <dl>
            <dt>${countOf(cart)} ${countOf(cart) === 1 ? "book" : "books"}</dt>
            <dd>${price(totalOf(cart))}</dd>
            <dt>Delivery</dt>
            <dd>Free</dd>
            <dt class="total">Total</dt>
            <dd class="total">${price(totalOf(cart))}</dd>
          </dl>
          ${
            user === undefined
              ? html`<a class="button wide" href="/sign-in">Sign in to order</a>`
              : html`<form method="post" action="/orders"><button class="wide">Place order</button></form>`
          }
        </section>
      </div>`,
  );
}

/** A book in the cart. Each button says how many there shall be, so a form that is sent twice changes nothing more. */
function cartLine({ book: id, quantity }: Line): Html {
  const book = bookOf(id);
  if (book === undefined) return html``;
  const step = (to: number, label: string, sign: string) =>
    html`<button name="quantity" value="${to}" aria-label="${label}: ${book.title}">${sign}</button>`;
  return html`<li>
    ${cover(book)}
    <div>
      <h2>${book.title}</h2>
      <p class="quiet">${book.author}</p>
      <form method="post" action="/cart/quantity" class="stepper">
        <input type="hidden" name="book" value="${id}" />
        ${step(quantity - 1, "One less", "−")}
        <output aria-label="Quantity: ${book.title}">${quantity}</output>
        ${step(quantity + 1, "One more", "+")}
        <button class="link" name="quantity" value="0">Remove</button>
      </form>
    </div>
    <span class="price">${price(book.cents * quantity)}</span>
  </li>`;
}

/** The form for signing in. */
export function signInPage(visitor: Visitor): Html {
  return layout(
    "Sign in",
    visitor,
    html`<form method="post" action="/sign-in" class="card narrow">
      <h1>Sign in</h1>
      <p class="quiet">This shop is a demo: any name will do, and there is no password.</p>
      <label for="user">Your name</label>
      <input id="user" name="user" required maxlength="40" autocomplete="username" />
      <button class="wide">Sign in</button>
    </form>`,
  );
}

/** The orders of the visitor. */
export function ordersPage(visitor: Visitor): Html {
  return layout(
    "Orders",
    visitor,
    html`<h1>Orders</h1>
      ${visitor.orders.length === 0 ? html`<p class="empty">You have not ordered anything yet.</p>` : undefined}
      ${visitor.orders.map(
        (it) =>
          html`<section class="card order">
            <h2>${date.format(it.placed)}</h2>
            <dl>
              ${it.lines.map(
                (line) => html`<dt>${line.quantity} × ${bookOf(line.book)?.title ?? line.book}</dt>
                  <dd>${price(totalOf([line]))}</dd>`,
              )}
              <dt class="total">Total</dt>
              <dd class="total">${price(totalOf(it.lines))}</dd>
            </dl>
          </section>`,
      )}`,
  );
}

/** A page about something that went wrong. It reads no session. */
export function errorPage(status: number, message: string): Html {
  return layout(
    message,
    undefined,
    html`<section class="empty">
      <p class="quiet">Error ${status}</p>
      <h1>${message}</h1>
      <p><a href="/">Back to the books</a></p>
    </section>`,
  );
}

/** The frame of every page. */
function layout(title: string, visitor: Visitor | undefined, main: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Quire</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <link rel="stylesheet" href="/books.css" />
      </head>
      <body>
        <nav aria-label="Shop">
          <a class="mark" href="/">Quire</a>
          ${visitor === undefined ? undefined : menu(visitor)}
        </nav>
        <main>
          ${visitor?.message === undefined ? undefined : html`<p class="notice" role="status">${visitor.message}</p>`}
          ${main}
        </main>
        <footer>A demo of Zession. The pages run no JavaScript.</footer>
      </body>
    </html>`;
}

function menu({ user, cart }: Visitor): Html {
  return html`${
    user === undefined
      ? html`<a href="/sign-in">Sign in</a>`
      : html`<a href="/orders" class="user">${user}</a>
          <form method="post" action="/sign-out"><button class="link">Sign out</button></form>`
  }
    <a class="cart" href="/cart">Cart <span class="count">${countOf(cart)}</span></a>`;
}

/** A cover, which the style sheet draws. */
function cover({ id, title, author }: Book): Html {
  return html`<div class="cover ${id}" aria-hidden="true">
    <strong>${title}</strong>
    <small>${author}</small>
  </div>`;
}

function price(cents: number): string {
  return money.format(cents / 100);
}
