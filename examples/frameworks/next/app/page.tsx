import { cookies } from "next/headers";
import { connection } from "next/server";
import { Suspense } from "react";
import { visitors } from "../visitors";
import { count, signIn, signOut } from "./actions";

export default function Page() {
  return (
    <Suspense>
      <Visitor />
    </Suspense>
  );
}

async function Visitor() {
  await connection();
  const session = visitors.open(await cookies());
  const message = await session.take("message");
  const visitor = await session.find();
  return (
    <main>
      {message && <p role="status">{message}</p>}
      <p>Count: {visitor?.count ?? 0}</p>
      <form action={count}>
        <button type="submit">Count</button>
      </form>
      {visitor?.user === undefined ? (
        <form action={signIn}>
          <input name="user" required />
          <button type="submit">Sign in</button>
        </form>
      ) : (
        <form action={signOut}>
          <button type="submit">Sign out {visitor.user}</button>
        </form>
      )}
    </main>
  );
}
