// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd.Tests;

/// <summary>When the holder of a lock counts as this machine's own former life.</summary>
public sealed class OwnershipRecordTests
{
    private const string Owner = "10.0.0.1:0/42";

    [Theory]
    [InlineData("boot 100 7000 10.0.0.1:0/42", true, "the process has gone, another one has its number")]
    [InlineData("boot 101 5000 10.0.0.1:0/42", true, "there is no such process")]
    [InlineData("earlier 100 5000 10.0.0.1:0/42", true, "the machine has been started since")]
    [InlineData("boot 101 5000 10.0.0.2:0/1 10.0.0.1:0/42", true, "it had two addresses")]
    [InlineData("boot 100 5000 10.0.0.1:0/42", false, "the process runs")]
    [InlineData("boot 101 5000 10.0.0.1:0/43", false, "somebody else holds the lock")]
    [InlineData("boot 101 5000", false, "no address")]
    [InlineData("boot x 5000 10.0.0.1:0/42", false, "no number")]
    [InlineData("", false, "nothing")]
    public void A_holder_is_dead_when_its_process_has_ended(string record, bool isDead, string why) =>
        Assert.True(OwnershipRecord.IsDead(record, Owner, "boot", process => process == 100 ? "5000" : null) == isDead, why);

    [Fact]
    public void The_status_has_the_keys_that_ceph_iscsi_reads() => Assert.Equal(
        "lock_owner\0true\0lock_lost_cnt\02\0conn_lost_cnt\03\0cmd_timed_out_cnt\04\0\0", new ServiceStatus(true, 2, 3, 4).ToDictionary());
}
