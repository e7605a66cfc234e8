// djust sends a file as soon as it is chosen: the button waits for it, and what goes wrong is said.
const REFUSED = "This file can’t be uploaded. Only text files (.txt) can.";
const LOST = "The connection was lost meanwhile. Please choose the file again.";

document.addEventListener("DOMContentLoaded", () => {
  const file = document.getElementById("file");
  const save = document.getElementById("save");
  const problem = document.getElementById("problem");

  const end = (message) => {
    save.disabled = false;
    problem.textContent = message;
    if (message) file.value = "";
  };

  file.addEventListener("change", () => {
    save.disabled = file.files.length > 0;
    problem.textContent = "";
  });
  addEventListener("djust:upload:progress", ({ detail }) => {
    if (detail.status === "complete") end("");
    if (detail.status === "error") end(REFUSED);
  });
  addEventListener("djust:upload:error", ({ detail }) => end(`${detail.error}.`));
  addEventListener("djust:error", () => save.disabled && end(REFUSED));
  // The server forgets an upload with its connection.
  document.addEventListener("djust:ws-reconnected", () => file.value && end(LOST));
  // What was saved is no longer chosen.
  file.form.addEventListener("submit", () => setTimeout(() => file.form.reset()));
});
