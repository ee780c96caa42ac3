//! Reading a request's body: not more than so much of it, and not longer than so long.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::mcp::Verdict;

/// The whole body, within `limit` of its head: a client that sends a byte now and then must not hold its place for ever.
///
/// # Errors
/// The answer to give: too much, too slow, or broken on the way.
pub(super) async fn read<B: Body<Data = Bytes> + Unpin>(body: B, most: usize, limit: Duration) -> Result<Bytes, Verdict> {
    let late = |_| Verdict(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
    timeout(limit, collect(body, most)).await.map_err(late)?
}

async fn collect<B: Body<Data = Bytes> + Unpin>(mut body: B, most: usize) -> Result<Bytes, Verdict> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Verdict(StatusCode::BAD_REQUEST, "the body is broken"))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > most - collected.len() {
            return Err(Verdict(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
        }
        if collected.is_empty() && body.is_end_stream() {
            // Nearly always all of it comes at once.
            return Ok(data);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };

    use http_body::Frame;
    use http_body_util::Full;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    /// A byte now and then, for ever.
    struct Drip(Pin<Box<tokio::time::Sleep>>);

    impl Body for Drip {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            std::task::ready!(self.0.as_mut().poll(context));
            self.0 = Box::pin(tokio::time::sleep(Duration::from_secs(5)));
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let began = tokio::time::Instant::now();
        let drip = Drip(Box::pin(tokio::time::sleep(Duration::from_secs(5))));
        assert_eq!(read(drip, 1_000, LIMIT).await.expect_err("too slow").0, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(began.elapsed(), LIMIT);
    }

    #[tokio::test]
    async fn a_body_has_a_longest_length() {
        assert_eq!(read(Full::from("123"), 3, LIMIT).await, Ok(Bytes::from("123")));
        assert_eq!(read(Full::from("1234"), 3, LIMIT).await.expect_err("too long").0, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
