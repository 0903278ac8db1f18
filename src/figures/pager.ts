/**
 * Turns sections of a page into leaves of which one is shown at a time, chosen by buttons. Without scripts all of
 * them are there.
 */
import type { Live } from './report.ts'
import { escapeText } from './svg.ts'

/** @param titles of the sections that are leaves, in their order */
export const pager = (titles: readonly string[]): Live => ({
  kind: 'live',
  markup: `<nav style="display:flex;flex-wrap:wrap;gap:6px">${titles.map(title => `<button type="button">${escapeText(title)}</button>`).join('')}</nav>`,
  data: titles,
  script: turnPages,
})

/** It stands in the page as text, so it is written as text. */
const turnPages = `(figure, titles) => {
  const buttons = [...figure.querySelectorAll('button')]
  const start = () => {
    const sections = [...document.querySelectorAll('section')]
    const leaves = titles.map(title => sections.find(section => section.querySelector('h2').textContent === title))
    const show = chosen => {
      leaves.forEach((leaf, at) => {
        leaf.hidden = at !== chosen
        buttons[at].setAttribute('aria-pressed', String(at === chosen))
      })
    }
    buttons.forEach((button, at) => button.addEventListener('click', () => show(at)))
    show(0)
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
}`
