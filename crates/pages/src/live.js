// Keeps an open page fresh: fetches it again and puts its content in place. Without script the
// page is the same, only as old as it was loaded.
'use strict';
(() => {
  const every = 15000;
  const main = document.getElementById('main');
  const news = document.getElementById('news');
  let busy = false;
  async function refresh() {
    const typing = main.contains(document.activeElement) &&
      /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (busy || document.hidden || typing || main.querySelector('details[open]')) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.getElementById('main');
      if (!fresh || fresh.innerHTML === main.innerHTML) return;
      const said = (root) => (root.querySelector('h1') || {}).textContent || '';
      if (said(fresh) !== said(main)) news.textContent = said(fresh);
      main.replaceChildren(...fresh.childNodes);
      const foot = page.querySelector('footer .soft');
      if (foot) document.querySelector('footer .soft').replaceWith(foot);
    } catch {
      // The hub is away: what is shown stays, and says of when it is.
    } finally {
      busy = false;
    }
  }
  setInterval(refresh, every);
  document.addEventListener('visibilitychange', refresh);
})();
