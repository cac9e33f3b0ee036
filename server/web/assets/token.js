// The token that lets this tab ask: it comes with the address that connie printed, and stays in the tab. The storage of a
// tab is that of one port; a cookie would be sent to all. Links in notebooks have an invitation instead. A browser that
// accepted one keeps the token for all its tabs on this port, so that it can follow the notebook's other links too.

const KEY = "connie token";

/** The token, if the browser lets pages store nothing. It is lost when the page is left. */
let kept = null;

/** Takes the token out of the address, so that no link and no history has it. Returns whether there was one. */
function take() {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token");
  if (token === null) return false;
  kept = token;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // It is kept until the page is left.
  }
  given.delete("token");
  const rest = given.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
  return true;
}

/** Accepts the invitation in the address and keeps the token for all tabs. Returns whether there was an invitation. */
async function accept() {
  const given = new URLSearchParams(location.hash.slice(1));
  const invitation = given.get("invitation");
  if (invitation === null) return false;
  given.delete("invitation");
  const rest = given.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ invitation });
  const answer = await fetch("/api/invitations/accept", { method: "POST", headers, body });
  // If it was accepted before, this browser may have the token from then.
  if (!answer.ok) return true;
  ({ token: kept } = await answer.json());
  try {
    localStorage.setItem(KEY, kept);
  } catch {
    // It is kept until the page is left.
  }
  return true;
}

/** The token; throws an error that tells how to get one. */
export function token() {
  let known = kept;
  try {
    known ??= sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  } catch {
    // There is none.
  }
  if (!known)
    throw new Error(
      "This tab has no token. Open the whole address that connie view printed: the token is at its end. " +
        "A link in a notebook leads here once, within five minutes; %connie view opens the viewer again.",
    );
  return known;
}

take();
await accept();
// An address that is pasted over that of the same page loads nothing by itself.
addEventListener("hashchange", async () => (take() || (await accept())) && location.reload());

/** Opens a link in a tab that gets this tab's storage. Tabs that the browser opens by itself do not get it. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const elsewhere = event.button === 1 || (event.button === 0 && (event.ctrlKey || event.metaKey || event.shiftKey));
  if (!link || !elsewhere || link.origin !== location.origin) return;
  event.preventDefault();
  window.open(link.href, "_blank");
}

addEventListener("click", follow);
addEventListener("auxclick", follow);
