/// What the pages run: puts in the parts that the server sends, and sends what operators ask for.
enum LiveScript {
    static let text = """
        'use strict';
        const live = document.getElementById('live');
        if (live) {
          const say = (text) => { if (live.textContent !== text) live.textContent = text; };
          // What somebody is reading by keyboard stays until they leave it.
          const waiting = new Map();
          const put = (place, part) => {
            place.innerHTML = part.html;
            place.dataset.tag = part.tag;
          };
          document.addEventListener('focusout', () => setTimeout(() => {
            for (const [place, part] of waiting) {
              if (place.contains(document.activeElement)) continue;
              waiting.delete(place);
              put(place, part);
            }
          }));
          const follow = () => {
            const tags = [...document.querySelectorAll('[data-tag]')].map((place) => place.dataset.tag);
            const stream = new EventSource('/events?have=' + tags.join(','));
            stream.onopen = () => say('Live');
            stream.addEventListener('part', (message) => {
              say('Live');
              const part = JSON.parse(message.data);
              const place = document.getElementById(part.id);
              if (!place) return;
              if (place.contains(document.activeElement)) waiting.set(place, part);
              else { waiting.delete(place); put(place, part); }
            });
            stream.onerror = () => {
              say('Not connected: what is shown may be old');
              // The browser would ask again for what was here when the stream began.
              stream.close();
              setTimeout(follow, 3000);
            };
          };
          follow();
        }
        for (const button of document.querySelectorAll('[data-open]'))
          button.addEventListener('click', () => {
            const dialog = document.getElementById(button.dataset.open);
            dialog.querySelector('.answer').textContent = '';
            dialog.showModal();
          });
        for (const button of document.querySelectorAll('[data-close]'))
          button.addEventListener('click', () => button.closest('dialog').close());
        for (const form of document.querySelectorAll('[data-action]'))
          form.addEventListener('submit', async (event) => {
            event.preventDefault();
            const answer = form.querySelector('.answer');
            const main = form.querySelector('.main');
            const body = { reason: form.elements.reason.value };
            if (form.elements.requester.value) body.requester = form.elements.requester.value;
            if (form.elements.version && form.elements.version.value) body.version = Number(form.elements.version.value);
            main.disabled = true;
            answer.textContent = 'Sending…';
            try {
              const response = await fetch('/api/v1/' + form.dataset.action, {
                method: 'POST', credentials: 'omit', redirect: 'error',
                headers: { 'Content-Type': 'application/json', 'Authorization': 'Bearer ' + form.elements.token.value },
                body: JSON.stringify(body)
              });
              const value = await response.json();
              answer.textContent = response.ok
                ? 'Sent as ' + value.request + '. What becomes of it shows under Runs and Models.'
                : value.error.message;
            } catch (error) {
              answer.textContent = 'Not sent: ' + error.message;
            }
            form.elements.token.value = '';
            main.disabled = false;
          });

        """
}
