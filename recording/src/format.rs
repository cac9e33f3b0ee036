//! The numbers that mark a file as a recording, and its format.

/// `application_id`: "CnnE".
pub const APPLICATION_ID: i32 = 0x436e_6e45;
/// `user_version`: the format written.
pub const VERSION: i32 = 9;
