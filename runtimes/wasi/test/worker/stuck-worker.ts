/** Never does what it is told, and never gives its thread back: what an engine would be that hangs. */
addEventListener('message', ({ data }: MessageEvent<{ readonly kind: string }>) => {
  while (data.kind !== 'settings');
  postMessage({ kind: 'ready' })
})
