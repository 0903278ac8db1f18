/** One image large, with what is known of it; the arrow keys go on to the next. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { grouped } from '../words.ts'
import { Dialog } from './dialog.tsx'
import { IconButton } from './icons.tsx'

export interface ImageDialogProps {
  src: string
  alt: string
  title: ComponentChildren
  /** place in what is shown behind it, and how many there are */
  at?: number
  of?: number
  go?: (to: number) => void
  close: () => void
  children?: ComponentChildren
}

export function ImageDialog({ src, alt, title, at, of = 0, go, close, children }: ImageDialogProps) {
  const frame = useRef<HTMLDivElement>(null)
  const step = (by: number) => {
    if (at === undefined || !go) return
    const to = at + by
    if (to < 0 || to >= of) return
    frame.current?.focus()
    go(to)
  }
  return (
    <Dialog label={alt} close={close} kind="image-dialog">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys within the dialog */}
      <div
        class="image-frame"
        // A stepper at its end is disabled and would lose the focus, and the arrow keys with it.
        ref={frame}
        tabIndex={-1}
        autofocus
        onKeyDown={event => {
          if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return
          if (event.key === 'ArrowLeft') step(-1)
          else if (event.key === 'ArrowRight') step(1)
        }}
      >
        <header>
          <h2 class="clip">{title}</h2>
          {at !== undefined && go && (
            <span class="stepper">
              <IconButton name="left" label="the image before" onClick={() => step(-1)} disabled={at === 0} />
              <span class="soft small">
                {grouped(at + 1)} of {grouped(of)}
              </span>
              <IconButton
                name="right"
                label="the next image"
                onClick={() => step(1)}
                disabled={at === of - 1}
              />
            </span>
          )}
          <IconButton name="close" label="close" onClick={close} />
        </header>
        <div class="image-body">
          <div class="image-large">
            <img src={src} alt={alt} key={src} />
          </div>
          <div class="image-side">{children}</div>
        </div>
      </div>
    </Dialog>
  )
}
