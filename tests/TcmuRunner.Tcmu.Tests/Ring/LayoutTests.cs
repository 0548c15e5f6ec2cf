// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.CompilerServices;
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu.Tests.Ring;

public sealed class LayoutTests
{
    private const string Header = "/usr/include/linux/target_core_user.h";
    private const string Compiler = "/usr/bin/cc";

    /// <summary>Every offset and size that the ring code relies on, as C names it.</summary>
    private static readonly (string Expression, int Value)[] s_facts =
    [
        ("sizeof(struct tcmu_mailbox)", TcmuMailbox.SizeBytes),
        ("offsetof(struct tcmu_mailbox, version)", TcmuMailbox.VersionOffset),
        ("offsetof(struct tcmu_mailbox, flags)", TcmuMailbox.FlagsOffset),
        ("offsetof(struct tcmu_mailbox, cmdr_off)", TcmuMailbox.RingOffsetOffset),
        ("offsetof(struct tcmu_mailbox, cmdr_size)", TcmuMailbox.RingSizeOffset),
        ("offsetof(struct tcmu_mailbox, cmd_head)", TcmuMailbox.CommandHeadOffset),
        ("offsetof(struct tcmu_mailbox, cmd_tail)", TcmuMailbox.CommandTailOffset),
        ("TCMU_MAILBOX_VERSION", TcmuMailbox.SupportedVersion),
        ("TCMU_MAILBOX_FLAG_CAP_OOOC", (int)MailboxFlags.OutOfOrderCompletion),
        ("TCMU_MAILBOX_FLAG_CAP_READ_LEN", (int)MailboxFlags.ReadLength),
        ("TCMU_MAILBOX_FLAG_CAP_TMR", (int)MailboxFlags.TaskManagement),
        ("TCMU_MAILBOX_FLAG_CAP_KEEP_BUF", (int)MailboxFlags.KeepBuffer),
        ("sizeof(struct tcmu_cmd_entry_hdr)", EntryHeader.SizeBytes),
        ("offsetof(struct tcmu_cmd_entry_hdr, len_op)", EntryHeader.LengthAndOpcodeOffset),
        ("offsetof(struct tcmu_cmd_entry_hdr, cmd_id)", EntryHeader.CommandIdOffset),
        ("offsetof(struct tcmu_cmd_entry_hdr, kflags)", EntryHeader.KernelFlagsOffset),
        ("offsetof(struct tcmu_cmd_entry_hdr, uflags)", EntryHeader.UserFlagsOffset),
        ("TCMU_OP_MASK", (int)EntryHeader.OpcodeMask),
        ("TCMU_OP_ALIGN_SIZE", RingRegion.EntryAlignment),
        ("TCMU_OP_PAD", (int)EntryOpcode.Pad),
        ("TCMU_OP_CMD", (int)EntryOpcode.Command),
        ("TCMU_OP_TMR", (int)EntryOpcode.TaskManagement),
        ("TCMU_UFLAG_UNKNOWN_OP", (int)UserFlags.UnknownOpcode),
        ("TCMU_UFLAG_READ_LEN", (int)UserFlags.ReadLength),
        ("TCMU_UFLAG_KEEP_BUF", (int)UserFlags.KeepBuffer),
        ("sizeof(struct tcmu_cmd_entry)", CommandRequest.MinimumEntryBytes),
        ("sizeof(struct tcmu_cmd_entry)", CommandResponse.SizeBytes),
        ("offsetof(struct tcmu_cmd_entry, req.iov_cnt)", CommandRequest.VectorCountOffset),
        ("offsetof(struct tcmu_cmd_entry, req.iov_bidi_cnt)", CommandRequest.BidirectionalVectorCountOffset),
        ("offsetof(struct tcmu_cmd_entry, req.iov_dif_cnt)", CommandRequest.ProtectionVectorCountOffset),
        ("offsetof(struct tcmu_cmd_entry, req.cdb_off)", CommandRequest.CdbOffsetOffset),
        ("offsetof(struct tcmu_cmd_entry, req.iov)", CommandRequest.VectorsOffset),
        ("offsetof(struct tcmu_cmd_entry, rsp.scsi_status)", CommandResponse.StatusOffset),
        ("offsetof(struct tcmu_cmd_entry, rsp.read_len)", CommandResponse.ReadLengthOffset),
        ("offsetof(struct tcmu_cmd_entry, rsp.sense_buffer)", CommandResponse.SenseOffset),
        ("TCMU_SENSE_BUFFERSIZE", CommandResponse.SenseBytes),
        ("offsetof(struct tcmu_tmr_entry, tmr_type)", TaskManagementRequest.FunctionOffset),
        ("offsetof(struct tcmu_tmr_entry, cmd_cnt)", TaskManagementRequest.CommandCountOffset),
        ("offsetof(struct tcmu_tmr_entry, cmd_ids)", TaskManagementRequest.CommandIdsOffset),
        ("TCMU_TMR_ABORT_TASK", (int)TaskManagementFunction.AbortTask),
        ("TCMU_TMR_LUN_RESET", (int)TaskManagementFunction.LogicalUnitReset),
        ("TCMU_TMR_LUN_RESET_PRO", (int)TaskManagementFunction.LogicalUnitResetByReservation),
        ("sizeof(struct iovec)", 16),
    ];

    [Fact]
    public void The_sizes_are_the_golden_ones_of_a_64_bit_kernel()
    {
        Assert.Equal(128, Unsafe.SizeOf<TcmuMailbox>());
        Assert.Equal(12, TcmuMailbox.CommandHeadOffset);
        Assert.Equal(64, TcmuMailbox.CommandTailOffset);
        Assert.Equal(8, Unsafe.SizeOf<EntryHeader>());
        Assert.Equal(48, Unsafe.SizeOf<CommandRequest>());
        Assert.Equal(24, CommandRequest.CdbOffsetOffset);
        Assert.Equal(112, Unsafe.SizeOf<CommandResponse>());
        Assert.Equal(16, CommandResponse.SenseOffset);
        Assert.Equal(32, Unsafe.SizeOf<TaskManagementRequest>());
        Assert.Equal(16, Unsafe.SizeOf<RingVector>());
    }

    [Fact]
    public void The_kernel_header_says_the_same()
    {
        Assert.SkipUnless(File.Exists(Header), $"{Header} is missing: install linux-libc-dev");
        Assert.SkipUnless(File.Exists(Compiler), $"{Compiler} is missing: install gcc");
        IEnumerable<string> lines =
        [
            "#include <stddef.h>", "#include <linux/types.h>", "#include <linux/target_core_user.h>",
            .. s_facts.Select(fact => $"_Static_assert(({fact.Expression}) == {fact.Value}, \"{fact.Expression}\");"),
        ];
        var start = new ProcessStartInfo(Compiler, "-std=gnu11 -w -fsyntax-only -x c -")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };

        using Process compiler = Process.Start(start)!;
        compiler.StandardInput.Write(string.Join('\n', lines) + "\n");
        compiler.StandardInput.Close();
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();

        Assert.Equal(string.Empty, errors);
        Assert.Equal(0, compiler.ExitCode);
    }
}
