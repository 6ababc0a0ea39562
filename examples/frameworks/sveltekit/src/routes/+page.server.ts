import { redirect } from "@sveltejs/kit";
import type { Actions, PageServerLoad } from "./$types";

export const load: PageServerLoad = async ({ locals }) => {
  const message = await locals.visitor.take("message");
  const visitor = await locals.visitor.find();
  return { message, count: visitor?.count ?? 0, user: visitor?.user };
};

export const actions: Actions = {
  count: async ({ locals }) => {
    await locals.visitor.upsert({ count: 1 }, (it) => void it.count++);
    redirect(303, "/");
  },

  signIn: async ({ locals, request }) => {
    // Check the password here.
    const user = String((await request.formData()).get("user") ?? "");
    const message = `Welcome, ${user}.`;
    await locals.visitor.rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), {
      restart: true,
    });
    redirect(303, "/");
  },

  signOut: async ({ locals }) => {
    await locals.visitor.remove();
    await locals.visitor.rotate({ count: 0, message: "You are signed out." }, (it) => it);
    redirect(303, "/");
  },
};
