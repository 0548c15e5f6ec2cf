// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <summary>A device of <see cref="FakeTcmuKernel"/>; guarded by the kernel's lock.</summary>
internal sealed class FakeKernelDevice(uint id, int minor, string name, string configuration, sbyte repliesSupported)
{
    internal uint Id { get; } = id;

    internal int Minor { get; } = minor;

    internal string Name { get; } = name;

    internal string Configuration { get; set; } = configuration;

    internal sbyte RepliesSupported { get; } = repliesSupported;

    internal bool IsConfigured { get; set; }

    internal bool HasUio { get; set; }

    internal bool IsBlocked { get; set; }

    internal int DoneCount { get; set; }

    internal Dictionary<string, string> Attributes { get; } = new()
    {
        ["hw_block_size"] = "512",
        ["hw_max_sectors"] = "128",
        ["dev_size"] = "1048576",
        ["cmd_time_out"] = "30",
        ["emulate_write_cache"] = "0",
        ["nl_reply_supported"] = repliesSupported.ToString(CultureInfo.InvariantCulture),
    };

    internal string UioName => $"tcm-user/0/{Name}/{Configuration}";

    internal (TcmuCommand Command, TaskCompletionSource<int> Reply)? Pending { get; set; }

    internal void Apply(FakeTcmuKernel.Change change)
    {
        Configuration = change.Configuration ?? Configuration;
        if (change.SizeBytes is { } size)
        {
            Attributes["dev_size"] = size.ToString(CultureInfo.InvariantCulture);
        }

        if (change.WriteCache is { } on)
        {
            Attributes["emulate_write_cache"] = on.ToString(CultureInfo.InvariantCulture);
        }
    }
}
