/** The studio's own small drawings, in the colour of the text beside them. */
import type { ComponentChildren } from 'preact'

const paths = {
  runs: 'M3 17l5-6 4 3 5-8 4 4M3 21h18',
  start: 'M7 4l12 8-12 8z',
  jobs: 'M4 6h16M4 12h10M4 18h13',
  data: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  lenses: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L21 21',
  tab: 'M3 5h18v14H3zM3 9h18M7 7h.01M10 7h.01',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  system: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  close: 'M5 5l14 14M19 5L5 19',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1',
  play: 'M7 4l12 8-12 8z',
  pause: 'M8 5v14M16 5v14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  check: 'M5 12l5 5 9-10',
} as const

export type IconName = keyof typeof paths

export const Icon = ({ name }: { name: IconName }) => (
  <svg
    viewBox="0 0 24 24"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)

/** A button that shows a drawing alone, and says what it does to those who cannot see it. */
export const IconButton = ({
  name,
  label,
  onClick,
  disabled,
  pressed,
  children,
}: {
  name: IconName
  label: string
  onClick: () => void
  disabled?: boolean
  pressed?: boolean
  children?: ComponentChildren
}) => (
  <button
    type="button"
    class="icon-button"
    aria-label={label}
    title={label}
    onClick={onClick}
    disabled={disabled}
    aria-pressed={pressed}
  >
    <Icon name={name} />
    {children}
  </button>
)
