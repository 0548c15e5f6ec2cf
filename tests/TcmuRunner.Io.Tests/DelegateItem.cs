// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Tests;

internal sealed class DelegateItem(Action action) : LoopWorkItem
{
    protected internal override void Run() => action();
}
