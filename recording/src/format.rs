//! What says that a file is a recording, and of which format.

/// `application_id`: "CnnE".
pub const APPLICATION_ID: i32 = 0x436e_6e45;
/// `user_version`: the format written.
pub const VERSION: i32 = 8;
