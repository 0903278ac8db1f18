/** Takes images with the camera of this machine, for as long as the button is held. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { nameFor } from './state.ts'

/** Milliseconds between two images. */
const pace = 250
const side = 256

type Take = (
  taken: { name: string; bytes: Uint8Array<ArrayBuffer>; file: Blob; label: string }[],
) => Promise<void>

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

export function Camera({ label, take }: { label: string; take: Take }) {
  const [stream, setStream] = useState<MediaStream | undefined>()
  const [problem, setProblem] = useState('')
  const video = useRef<HTMLVideoElement>(null)
  const isHeld = useRef(false)
  const isThere = useRef(true)
  useEffect(
    () => () => {
      isThere.current = false
    },
    [],
  )
  useEffect(() => {
    if (video.current && stream) video.current.srcObject = stream
    return () => {
      // The button goes away with the stream, and nothing would tell that it was let go.
      isHeld.current = false
      if (stream) end(stream)
    }
  }, [stream])
  const open = async () => {
    try {
      const given = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      // The question may be answered after one has left; nothing would end the camera then.
      if (!isThere.current) return end(given)
      setStream(given)
      setProblem('')
    } catch {
      setProblem('The camera cannot be opened; choose image files instead.')
    }
  }
  const shoot = async () => {
    const source = video.current
    if (!source?.videoWidth) return
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = side
    const short = Math.min(source.videoWidth, source.videoHeight)
    canvas
      .getContext('2d')
      ?.drawImage(
        source,
        (source.videoWidth - short) / 2,
        (source.videoHeight - short) / 2,
        short,
        short,
        0,
        0,
        side,
        side,
      )
    const file = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/jpeg', 0.92))
    if (!file) return
    const name = nameFor(`${label || 'camera'}.jpg`, [])
    await take([{ name, bytes: new Uint8Array(await file.arrayBuffer()), file, label }])
  }
  const hold = async () => {
    if (isHeld.current) return
    isHeld.current = true
    while (isHeld.current) {
      await shoot()
      await new Promise(next => setTimeout(next, pace))
    }
  }
  const release = () => {
    isHeld.current = false
  }
  if (!stream)
    return (
      <>
        <button type="button" class="button small" onClick={() => void open()}>
          Camera
        </button>
        {problem && (
          <span class="small bad-words" role="status">
            {problem}
          </span>
        )}
      </>
    )
  return (
    <div class="camera">
      <video ref={video} autoplay muted playsinline aria-label="what the camera sees" />
      <button
        type="button"
        class="button primary small"
        onPointerDown={() => void hold()}
        onPointerUp={release}
        onPointerLeave={release}
        onClick={event => {
          // From the keyboard: one image for each press.
          if (event.detail === 0) void shoot()
        }}
      >
        Hold to take images of {label || 'this class'}
      </button>
      <button type="button" class="button small" onClick={() => setStream(undefined)}>
        Close
      </button>
    </div>
  )
}
