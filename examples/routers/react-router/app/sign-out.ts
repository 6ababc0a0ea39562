import { redirect } from "react-router";
import type { Route } from "./+types/sign-out";
import { withVisitor } from "./visitors.server";

export function action({ context }: Route.ActionArgs) {
  return withVisitor(context, async (visitor) => {
    await visitor.remove();
    // The session has ended. A new one, which knows nobody, says so on the next page.
    const goodbye = { visits: 0, message: "You are signed out." };
    await visitor.rotate(goodbye, () => goodbye);
    return redirect("/", 303);
  });
}
