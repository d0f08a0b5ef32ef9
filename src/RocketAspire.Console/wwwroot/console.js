// A choice is kept for a year, for this site only.
window.rocketaspire = {
  keep: (name, value) => { document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=strict`; },
  theme: (dark) => { document.body.className = dark ? 'dark' : 'light'; },
  language: (language) => { document.documentElement.lang = language; },
  download: (address) => { const link = document.createElement('a'); link.href = address; link.download = ''; link.click(); }
};
// A console that was started anew knows no page of before: load it again once it answers, and say so.
const loadAnew = () => fetch('/health', { cache: 'no-store' }).then(() => {
  sessionStorage.setItem('rocketaspire-reloaded', 'yes');
  location.reload();
}).catch(() => setTimeout(loadAnew, 2000));
document.getElementById('components-reconnect-modal')?.addEventListener('components-reconnect-state-changed', (event) => {
  if (event.detail.state === 'rejected' || event.detail.state === 'failed') loadAnew();
});
const reloaded = document.getElementById('reloaded');
if (reloaded && sessionStorage.getItem('rocketaspire-reloaded')) {
  sessionStorage.removeItem('rocketaspire-reloaded');
  reloaded.hidden = false;
  reloaded.querySelector('button')?.addEventListener('click', () => { reloaded.hidden = true; });
}
// The size of a body that is typed is told here: sending megabytes for each key pressed would be slow.
document.addEventListener('input', (event) => {
  if (event.target.id !== 'send-body') return;
  const told = document.getElementById('send-size');
  const bytes = new Blob([event.target.value]).size;
  told.textContent = `${bytes.toLocaleString('en')} B ·`;
  told.className = bytes > Number(told.dataset.most) ? 'bad' : '';
});
// Pages without a circuit: the choice counts with the next page.
document.querySelector('[data-keep-language]')?.addEventListener('click', (event) => {
  window.rocketaspire.keep('rocketaspire-lang', event.currentTarget.dataset.keepLanguage);
  location.reload();
});
// What has to be scrolled sideways can be reached by keys too.
(() => {
  let due = false;
  const look = () => {
    due = false;
    for (const box of document.querySelectorAll('.table, pre.body, .drawer-body')) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls && !box.hasAttribute('tabindex')) box.tabIndex = 0;
      else if (!scrolls && box.getAttribute('tabindex') === '0') box.removeAttribute('tabindex');
    }
  };
  const ask = () => {
    if (!due) {
      due = true;
      requestAnimationFrame(look);
    }
  };
  new MutationObserver(ask).observe(document.body, { childList: true, subtree: true });
  window.addEventListener('resize', ask);
  ask();
})();
