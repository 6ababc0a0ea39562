import { redirect } from "react-router";
import type { Route } from "./+types/sign-in";
import { withVisitor } from "./visitors.server";

export function action({ context, request }: Route.ActionArgs) {
  return withVisitor(context, async (visitor) => {
    const user = String((await request.formData()).get("user") ?? "");
    // Check the password here. Then the session gets a new token and a new age.
    const signedIn = { user, message: `Welcome, ${user}.` };
    await visitor.rotate({ visits: 0, ...signedIn }, (it) => ({ ...it, ...signedIn }), {
      restart: true,
    });
    return redirect("/", 303);
  });
}
