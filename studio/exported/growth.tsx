/** What grew, as it was seen, under one slider. */
import { useState } from 'preact/hooks'
import { EpochSlider } from '../parts/epoch-slider.tsx'
import { Empty } from '../parts/states.tsx'

/** Milliseconds for each image while it plays. */
const pace = 80

/** @param frames addresses of images that hold them */
export function Growth({ frames }: { frames: unknown }) {
  const images = Array.isArray(frames) ? frames.map(String) : []
  const [at, go] = useState(images.length - 1)
  if (images.length === 0) return <Empty title="Nothing had come yet when this was taken" />
  return (
    <>
      {images.length > 1 && (
        <EpochSlider word="image" each={pace} epochs={images.map((_, at) => at + 1)} at={at} change={go} />
      )}
      <img class="growth" src={images[at]} alt={`${at + 1} of ${images.length}`} />
    </>
  )
}
