/** The buttons above planes of dots: to draw around some, and to see all of them again. */
import type { Signal } from '@preact/signals'
import type { Camera } from './paint.ts'

export const DotButtons = ({
  whole,
  camera,
  isLasso,
  setLasso,
}: {
  /** what is seen again, such as the whole map */
  whole: string
  camera: Signal<Camera | undefined>
  isLasso: boolean
  setLasso: (isLasso: boolean) => void
}) => (
  <>
    <button type="button" class="button small" aria-pressed={isLasso} onClick={() => setLasso(!isLasso)}>
      Lasso
    </button>
    <button
      type="button"
      class="button small"
      onClick={() => {
        camera.value = undefined
      }}
    >
      {whole}
    </button>
  </>
)
