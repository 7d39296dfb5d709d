// The page's start: who is asking, in which language, then the view that the address names.
import { html, render } from "./vendor/preact.js";
import { configure } from "./api.js";
import { speak, chosenLanguage } from "./language.js";
import { begin } from "./sign_in.js";
import { Shell } from "./shell.js";

async function start() {
  const [configuration] = await Promise.all([
    fetch("/ui/config.json").then((answer) => answer.json()),
    speak(chosenLanguage()),
  ]);
  configure(configuration);
  if (!(await begin(configuration.sign_in))) return; // on the way to the sign-in page, or a window that closes
  const place = document.getElementById("page");
  place.textContent = "";
  render(html`<${Shell} version=${configuration.version} />`, place);
}

start().catch((error) => {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = `Quarry: ${error.message}. Reload the page. · Обновите страницу.`;
  document.body.append(notice);
});
