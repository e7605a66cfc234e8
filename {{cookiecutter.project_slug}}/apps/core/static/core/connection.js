// Says when the live connection is gone: while djust tries to reconnect, and after it has given up.
document.addEventListener("DOMContentLoaded", () => {
  const notice = document.getElementById("connection");

  const show = (text, ...more) => {
    const line = document.createElement("p");
    line.append(text, ...more);
    notice.replaceChildren(line);
  };

  const giveUp = () => {
    observer.disconnect();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Reload";
    button.addEventListener("click", () => location.reload());
    show("Connection lost. ", button);
  };

  // djust marks the body while it has no connection, and counts its attempts there.
  const observer = new MutationObserver(() => {
    if (document.body.classList.contains("dj-connected")) {
      notice.replaceChildren();
    } else if (document.body.hasAttribute("data-dj-reconnect-attempt") && !notice.hasChildNodes()) {
      show("Connection lost. Trying again…");
    }
  });
  observer.observe(document.body, { attributeFilter: ["class", "data-dj-reconnect-attempt"] });

  // By then djust has its connection, if the page is live. Without this hook it would fall back to
  // server-sent events, which need one process for all pages and aren't served.
  addEventListener("load", () => {
    const connection = window.djust?.liveViewInstance;
    if (connection) connection.onTransportFailed = giveUp;
  });
});
