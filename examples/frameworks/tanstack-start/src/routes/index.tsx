import { createFileRoute } from "@tanstack/react-router";
import { count, getVisitor, signIn, signOut } from "../visitor.functions";

export const Route = createFileRoute("/")({
  loader: () => getVisitor(),
  component: Home,
});

function Home() {
  const { message, count: visits, user } = Route.useLoaderData();
  const form = { method: "post", encType: "multipart/form-data" } as const;
  return (
    <main>
      {message && <p role="status">{message}</p>}
      <p>Count: {visits}</p>
      <form {...form} action={count.url}>
        <button type="submit">Count</button>
      </form>
      {user === undefined ? (
        <form {...form} action={signIn.url}>
          <input name="user" required />
          <button type="submit">Sign in</button>
        </form>
      ) : (
        <form {...form} action={signOut.url}>
          <button type="submit">Sign out {user}</button>
        </form>
      )}
    </main>
  );
}
