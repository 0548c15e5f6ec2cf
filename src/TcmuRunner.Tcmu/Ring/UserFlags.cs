// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>What we say of a response in its entry's header (<c>TCMU_UFLAG_*</c>).</summary>
[Flags]
internal enum UserFlags : byte
{
    None = 0,

    /// <summary>The entry's opcode is not known; the kernel ignores the response and fails the command.</summary>
    UnknownOpcode = 0x1,

    /// <summary><see cref="CommandResponse.ReadLength"/> counts. Needs <see cref="MailboxFlags.ReadLength"/>.</summary>
    ReadLength = 0x2,

    /// <summary>The command is done but its buffer and id stay ours until they are freed through configfs. Needs
    /// <see cref="MailboxFlags.KeepBuffer"/>.</summary>
    KeepBuffer = 0x4,
}
