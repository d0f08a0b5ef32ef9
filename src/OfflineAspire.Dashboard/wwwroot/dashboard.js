window.dashboard = {
  // A choice is kept for a year, for this site only.
  keep: (name, value) => { document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=strict`; },
  theme: (dark) => { document.body.className = dark ? 'dark' : 'light'; },
  language: (language) => { document.documentElement.lang = language; },
  // Follows the end of a list until its reader scrolls away from it.
  follow: (element) => {
    if (!element) return;
    if (!element.follows) {
      element.follows = { end: true };
      element.addEventListener('scroll', () => { element.follows.end = element.scrollTop + element.clientHeight >= element.scrollHeight - 40; }, { passive: true });
    }
    if (element.follows.end) element.scrollTop = element.scrollHeight;
  },
  toEnd: (element) => { if (element) { element.follows = element.follows || { end: true }; element.follows.end = true; element.scrollTop = element.scrollHeight; } },
  download: async (name, stream) => {
    const url = URL.createObjectURL(new Blob([await stream.arrayBuffer()], { type: 'text/plain;charset=utf-8' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }
};
// A dashboard that was started anew knows no page of before: load it again.
document.getElementById('components-reconnect-modal')?.addEventListener('components-reconnect-state-changed', (event) => {
  if (event.detail.state === 'rejected') location.reload();
  if (event.detail.state === 'failed') setTimeout(() => location.reload(), 3000);
});
