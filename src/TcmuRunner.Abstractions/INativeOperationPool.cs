// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A pool as an operation sees it, which does not know the type of its fellows.</summary>
internal interface INativeOperationPool
{
    /// <summary>Takes an operation back that this pool has made.</summary>
    void Return(NativeOperation operation);
}
