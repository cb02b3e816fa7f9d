/* Before anything is drawn: the theme that was chosen last. */
"use strict";
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* private windows keep nothing */ }
