/** Light, dark, or as the system has it; what a person chose is remembered. */
import { signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = localStorage.getItem('theme')
export const theme = signal<Theme>(themes.find(name => name === stored) ?? 'system')

export function applyTheme(chosen: Theme = theme.value): void {
  theme.value = chosen
  if (chosen === 'system') {
    localStorage.removeItem('theme')
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem('theme', chosen)
    document.documentElement.dataset.theme = chosen
  }
}

export const nextTheme = (): Theme => themes[(themes.indexOf(theme.value) + 1) % themes.length]
