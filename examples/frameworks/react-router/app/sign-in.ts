import { redirect } from "react-router";
import type { Route } from "./+types/sign-in";
import { withVisitor } from "./visitors.server";

export const action = ({ context, request }: Route.ActionArgs) =>
  withVisitor(context, async (visitor) => {
    // Check the password here.
    const user = String((await request.formData()).get("user") ?? "");
    const message = `Welcome, ${user}.`;
    await visitor.rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), {
      restart: true,
    });
    return redirect("/", 303);
  });
