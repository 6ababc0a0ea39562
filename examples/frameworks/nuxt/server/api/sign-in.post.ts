export default defineEventHandler(async (event) => {
  // Check the password here.
  const user = String((await readBody(event))?.user ?? "");
  const message = `Welcome, ${user}.`;
  await visitors
    .of(event.node.req)
    .rotate({ count: 0, user, message }, (it) => ({ ...it, user, message }), { restart: true });
  return sendRedirect(event, "/", 303);
});
