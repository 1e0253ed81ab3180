
/* Added to a channel's page: whoever presses is shown the answer. simcord only says that there is something further down. */
{
  const PATIENCE_MS = 3000;
  const further = document.getElementById("new-messages");
  let pressedAt = -PATIENCE_MS;
  const follow = () => {
    if (!further.hidden && performance.now() - pressedAt < PATIENCE_MS) further.click();
  };
  document.addEventListener("click", (event) => {
    if (event.isTrusted && event.target.closest("#channel-message-list button, .modal-root button")) {
      pressedAt = performance.now();
    }
  }, true);
  new MutationObserver(follow).observe(further, { attributes: true });
}
