// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Handlers.Memory;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests.Conformance;

internal sealed class MemorySubject(int blockSizeBytes) : ConformanceSubject
{
    public override string Configuration => "memory/";

    public override string OtherConfiguration => "memory/";

    public override IReadOnlyList<string> InvalidConfigurations => ["memory/x", "memory//srv/disk.img", "memory/;direct"];

    public override int BlockSizeBytes => blockSizeBytes;

    public override bool KeepsData => false;

    public override IHandler CreateHandler() => new MemoryHandler();
}
