// A choice is kept for a year, for this site only.
window.rocketaspire = {
  keep: (name, value) => { document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=strict`; },
  theme: (dark) => { document.body.className = dark ? 'dark' : 'light'; },
  language: (language) => { document.documentElement.lang = language; },
  download: (address) => { const link = document.createElement('a'); link.href = address; link.download = ''; link.click(); }
};
// A console that was started anew knows no page of before: load it again.
document.getElementById('components-reconnect-modal')?.addEventListener('components-reconnect-state-changed', (event) => {
  if (event.detail.state === 'rejected') location.reload();
  if (event.detail.state === 'failed') setTimeout(() => location.reload(), 3000);
});
// Pages without a circuit: the choice counts with the next page.
document.querySelector('[data-keep-language]')?.addEventListener('click', (event) => {
  window.rocketaspire.keep('rocketaspire-lang', event.currentTarget.dataset.keepLanguage);
  location.reload();
});
